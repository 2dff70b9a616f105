"""内容安全策略：指纹按浏览器的算法，数据与外部脚本不算，占位符被填好。"""

import base64
import hashlib

from book.csp import TOKEN, apply_csp, inline_script_hashes

POLICY = f"""<meta http-equiv="Content-Security-Policy" content="script-src 'self' {TOKEN}">\n"""


def hashed(code: str) -> str:
    """独立写一遍：SHA-256 后用 Base64。"""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


def test_a_known_vector_of_the_specification():
    """CSP3 规范的例子：alert('Hello, world.');"""
    known = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    assert inline_script_hashes("<script>alert('Hello, world.');</script>") == [known]


def test_only_inline_scripts_that_run_are_hashed():
    page = """<script src="a.js"></script><script type="application/json">{}</script>
    <script type=module>let a</script><SCRIPT
    defer>let b</SCRIPT ><script id="x" type="text/javascript">let c</script>"""
    assert inline_script_hashes(page) == [hashed("let a"), hashed("let b"), hashed("let c")]


def test_repeated_scripts_are_listed_once_and_text_counts_to_the_byte():
    page = "<script>甲</script><script>甲</script><script> 甲</script>"
    assert inline_script_hashes(page) == [hashed("甲"), hashed(" 甲")]


def test_line_ends_are_what_the_browser_sees():
    assert inline_script_hashes("<script>a\r\nb\rc</script>") == [hashed("a\nb\nc")]


def test_the_token_is_replaced_by_all_hashes():
    page = f"<head>{POLICY}</head><script>let a</script><script>let b</script>"
    assert f"script-src 'self' {hashed('let a')} {hashed('let b')}\"" in apply_csp(page)
    assert TOKEN not in apply_csp(page)


def test_live_reload_drops_the_policy_and_nothing_else():
    page = f"<head>{POLICY}<title>x</title></head><script>let a</script>"
    assert apply_csp(page, live_reload=True) == "<head><title>x</title></head><script>let a</script>"


def test_pages_without_policy_are_left_alone():
    page = "<p>a</p><script>let a</script>"
    assert apply_csp(page) == page
    assert apply_csp(page, live_reload=True) == page
