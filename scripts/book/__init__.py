"""书的机器：读源文件、编号、引用、检查、渲染。

数据单向流动：``source`` 读一个文件 → ``model`` 拼成一本书 → ``checks`` 只问书、``transforms`` 只改文本。
MkDocs 钩子（``scripts/hooks``）与 ``scripts/check.py`` 都用这里的同一个 ``Book``，没有第二个解析器。
"""

import importlib.util

NEEDED = ("bibtexparser", "jsonschema", "mkdocs", "yaml")

if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
    raise SystemExit(f"这个 Python 里没有 {'、'.join(missing)} → 在装了本书的环境里运行；还没装就先运行 python -m pip install -e .")
