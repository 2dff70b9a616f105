"""变异检查：一次改坏 labs/ 的一处代码，必须有测试失败；没有失败，说明那一处没有被测到。

    python scripts/mutate.py labs/architecture                 查一个文件夹
    python scripts/mutate.py labs/architecture/attention.py    查一个文件
    python scripts/mutate.py labs/architecture --limit 50      只抽 50 处，先看个大概

每处变异只运行同名的测试文件（labs/x/y.py → tests/labs/x/test_y.py）。变异只存在于子进程的内存里，不写文件。
改了也不影响结果的（等价变异），在 scripts/mutate_survivors.toml 里写明理由。
变异算子一半取自 cosmic-ray，一半是下面针对张量代码写的。需要 os.fork，即 Linux 或 macOS。
"""

import argparse
import ast
import difflib
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.operators.provider import OperatorProvider
from parso.python.tree import Name

ROOT = Path(__file__).resolve().parent.parent
EXPLAINED = ROOT / "scripts" / "mutate_survivors.toml"
PRELOADED = ("pytest", "hypothesis", "numpy", "torch", "torch.distributed.tensor", "torch.testing")
TIMEOUT = 120  # 秒；只防死循环，远大于任何一个测试文件的用时

# ---- 变异算子 ----

FROM_COSMIC_RAY = [
    *("ReplaceBinaryOperator_" + pair for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Pow_Mul")),
    *(
        "ReplaceBinaryOperator_" + pair
        for pair in ("FloorDiv_Mul", "Mod_FloorDiv", "BitAnd_BitOr", "BitOr_BitAnd")
    ),
    *("ReplaceComparisonOperator_" + pair for pair in ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")),
    *("ReplaceComparisonOperator_" + pair for pair in ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt")),
    *("ReplaceComparisonOperator_" + pair for pair in ("Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt")),
    *("ReplaceUnaryOperator_Delete_" + sign for sign in ("USub", "Invert", "Not")),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd", "AddNot"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop", "NumberReplacer"),
]

MODULES = {"torch", "nn", "F", "math", "np", "json", "re"}
TWINS = [  # 容易互相写错的名字
    *(
        ("amax", "amin"),
        ("max", "min"),
        ("mean", "sum"),
        ("rsqrt", "sqrt"),
        ("square", "abs"),
        ("exp", "expm1"),
    ),
    *(("tril", "triu"), ("ones", "zeros"), ("all", "any"), ("repeat_interleave", "repeat")),
    *(("relu", "gelu"), ("silu", "sigmoid"), ("RMSNorm", "LayerNorm"), ("in_features", "out_features")),
    *(
        ("W_q", "W_k"),
        ("W_k", "W_v"),
        ("W_v", "W_o"),
        ("W_1", "W_3"),
        ("W_1", "W_2"),
        ("n_heads", "n_kv_heads"),
    ),
    *(("attention_norm", "feed_forward_norm"), ("gain", "bias"), ("i", "j"), ("T", "T_k")),
]


class Rewrite(Operator):
    """把一个语法结点换成另一段文字；子类只需列出换法。"""

    def replacements(self, node) -> list[str]:
        """结点可以换成的各段文字；不适用则为空。"""
        raise NotImplementedError

    def mutation_positions(self, node):
        """每种换法一个位置。"""
        return [(node.start_pos, node.end_pos)] * len(self.replacements(node))

    def mutate(self, node, index):
        """换成第 index 段文字，保留前面的空白。"""
        return Name(self.replacements(node)[index], node.start_pos, prefix=node.get_first_leaf().prefix)


def code(node) -> str:
    """结点的文字，不含前面的空白和注释。"""
    return node.get_code(include_prefix=False)


class SwapAxes(Rewrite):
    """最后一维与倒数第二维互换。"""

    def replacements(self, node):  # noqa: D102
        return {"-1": ["-2"], "-2": ["-1"]}.get(code(node), []) if node.type == "factor" else []

    @classmethod
    def examples(cls):  # noqa: D102
        return [Example("x.mean(-1)", "x.mean(-2)")]


class WrongArguments(Rewrite):
    """漏传一个参数（关键字参数，或最后一个位置参数），或相邻的两个变量传反。"""

    def replacements(self, node):  # noqa: D102
        if node.type != "trailer" or node.children[0] != "(" or len(node.children) != 3:
            return []
        inside = node.children[1]
        arguments = [a for a in inside.children if a != ","] if inside.type == "arglist" else [inside]
        named = [a.type == "argument" and a.children[1] == "=" for a in arguments]
        texts = [code(a) for a in arguments]
        droppable = [i for i, is_named in enumerate(named) if is_named or i == len(arguments) - 1 > 0]
        droppable = [i for i in droppable if texts[i] != "strict=False"]  # 写不写一样
        results = [texts[:i] + texts[i + 1 :] for i in droppable]
        for i, (a, b) in enumerate(zip(arguments, arguments[1:], strict=False)):
            if a.type == b.type == "name":
                results.append([*texts[:i], texts[i + 1], texts[i], *texts[i + 2 :]])
        return [f"({', '.join(result)})" for result in results]

    @classmethod
    def examples(cls):  # noqa: D102
        return [
            Example("f(x, 1, mask=m)", "f(x, 1)"),
            Example("f(q, k)", "f(q)"),
            Example("f(q, k)", "f(k, q)", occurrence=1),
        ]


class DropMethod(Rewrite):
    """漏掉链上的一次方法调用：.transpose(…)、.to(…)、.clamp(…)。"""

    def replacements(self, node):  # noqa: D102
        if node.type not in ("atom_expr", "power"):
            return []
        parts, results = node.children, []
        for i in range(1, len(parts) - 1):
            is_call = code(parts[i]).startswith(".") and code(parts[i + 1]).startswith("(")
            if is_call and not (i == 1 and code(parts[0]) in MODULES | {"self", "super"}):
                results.append("".join(code(part) for part in [*parts[:i], *parts[i + 2 :]]))
        return results

    @classmethod
    def examples(cls):  # noqa: D102
        return [
            Example("q @ k.transpose(-2, -1)", "q @ k"),
            Example("x.a(1).b()", "x.a(1)", occurrence=1),
        ]


class DropOperand(Rewrite):
    """漏掉一项：残差里的 x、掩码里的一个条件、除以的 √d_h。"""

    KINDS = ("arith_expr", "term", "expr", "and_expr", "and_test", "or_test")

    def replacements(self, node):  # noqa: D102
        if node.type not in self.KINDS:
            return []
        texts, results = [code(child) for child in node.children], []
        if texts[1] in ("+", "*", "&", "|", "@", "and", "or"):
            results.append(" ".join(texts[2:]))
        return results + [" ".join(texts[: i - 1] + texts[i + 1 :]) for i in range(2, len(texts), 2)]

    @classmethod
    def examples(cls):  # noqa: D102
        return [
            Example("y = x + f(x)", "y = f(x)"),
            Example("y = x + f(x)", "y = x", occurrence=1),
            Example("y = a / b", "y = a"),
        ]


class SwapOperands(Rewrite):
    """两边写反：a − b、a / b、a @ b、a // b、a % b。"""

    def replacements(self, node):  # noqa: D102
        if node.type not in ("arith_expr", "term") or len(node.children) != 3:
            return []
        left, sign, right = (code(child) for child in node.children)
        return [f"({right}) {sign} ({left})"] if sign in ("-", "/", "@", "//", "%") else []

    @classmethod
    def examples(cls):  # noqa: D102
        return [Example("a - b", "(b) - (a)")]


class FlipSlice(Rewrite):
    """切片取了另一半：[t:] 与 [:t]。"""

    def replacements(self, node):  # noqa: D102
        if node.type != "subscript" or len(node.children) != 2:
            return []
        first, second = (code(child) for child in node.children)
        return [second + first] if ":" in (first, second) else []

    @classmethod
    def examples(cls):  # noqa: D102
        return [Example("x[t:]", "x[:t]"), Example("x[..., :t]", "x[..., t:]")]


class NegateMembership(Rewrite):
    """In 与 not in 互换。"""

    def replacements(self, node):  # noqa: D102
        if node.type != "comparison" or len(node.children) != 3:
            return []
        left, sign, right = (code(child) for child in node.children)
        other = {"in": "not in", "not in": "in"}.get(" ".join(sign.split()))
        return [f"{left} {other} {right}"] if other else []

    @classmethod
    def examples(cls):  # noqa: D102
        return [Example("a in b", "a not in b"), Example("a not in b", "a in b")]


class DropStatement(Rewrite):
    """漏掉一句：一次检查、一次抛错、一次就地修改。"""

    def replacements(self, node):  # noqa: D102
        if node.type != "simple_stmt":
            return []
        first = node.children[0]
        is_call = first.type in ("atom_expr", "power") and code(first).endswith(")")
        in_place = first.type == "expr_stmt" and code(first.children[1]) not in ("=", ":")
        return ["pass\n"] if is_call or in_place or first.type == "raise_stmt" else []

    @classmethod
    def examples(cls):  # noqa: D102
        return [Example("check(x)\ny = 1\n", "pass\ny = 1\n"), Example("x *= 2\n", "pass\n")]


class WrongName(Rewrite):
    """写成了孪生的名字（W_q 与 W_k、mean 与 sum），或同一函数的下一个参数。"""

    def replacements(self, node):  # noqa: D102
        if node.type != "name" or node.is_definition() or is_keyword_name(node):
            return []
        results = [b if node.value == a else a for a, b in TWINS if node.value in (a, b)]
        function = node.search_ancestor("funcdef")
        is_attribute = node.parent.type == "trailer" and node.parent.children[0] == "."
        if function and not is_attribute:
            names = [p.name.value for p in function.get_params() if p.name.value != "self"]
            if node.value in names and len(names) > 1:
                results.append(names[(names.index(node.value) + 1) % len(names)])
        return sorted(set(results) - {node.value})

    @classmethod
    def examples(cls):  # noqa: D102
        return [
            Example("y = x.mean(0)", "y = x.sum(0)"),
            Example("def f(x, y):\n    return x", "def f(x, y):\n    return y"),
        ]


def is_keyword_name(node) -> bool:
    """f(name=…) 里等号左边的名字。"""
    return (
        node.parent.type == "argument" and node.parent.children[0] is node and node.parent.children[1] == "="
    )


OWN = [SwapAxes, WrongArguments, DropMethod, DropOperand, SwapOperands, FlipSlice, NegateMembership]
OWN += [DropStatement, WrongName]
OPERATORS = [*(OperatorProvider()[name]() for name in FROM_COSMIC_RAY), *(operator() for operator in OWN)]

# ---- 生成变异 ----


@dataclass(frozen=True)
class Mutant:
    """一处变异：before、after 是改动的那几行，source 是改动后的整个文件。"""

    path: str
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before} → {self.after}"


def is_inert(node) -> bool:
    """类型注解、导入语句和报错文字里的 f 字符串：改了不影响计算，不变异。"""
    while node.parent is not None:
        parent = node.parent
        if node.type in ("fstring", "import_name", "import_from"):
            return True
        if parent.type in ("tfpdef", "annassign") and ":" in (
            c for c in parent.children[:2] if c is not node
        ):
            if node is parent.children[parent.children.index(":") + 1]:
                return True
        if parent.type == "funcdef" and "->" in parent.children:
            if node is parent.children[parent.children.index("->") + 1]:
                return True
        node = parent
    return False


class Visitor(MutationVisitor):
    """cosmic-ray 的变异器，跳过 is_inert 的结点。"""

    def visit(self, node):
        """可以变异的结点交给 cosmic-ray。"""
        return node if is_inert(node) else super().visit(node)


def mutants_of(path: str, source: str) -> Iterator[Mutant]:
    """一个文件的所有变异；不合语法的、与别的重复的、与原来等同的不要。"""
    seen = {ast.dump(ast.parse(source))}
    for operator in OPERATORS:
        nodes = [node for node in ast_nodes(get_ast(source)) if not is_inert(node)]
        for occurrence in range(sum(len(list(operator.mutation_positions(node))) for node in nodes)):
            mutated = Visitor.mutate_code(source, operator, occurrence)
            try:
                meaning = ast.dump(ast.parse(mutated))
            except SyntaxError:
                continue
            if meaning not in seen:
                seen.add(meaning)
                yield describe(path, source, mutated)


def describe(path: str, source: str, mutated: str) -> Mutant:
    """找出改动的行。"""
    old, new = source.splitlines(), mutated.splitlines()
    changes = [c for c in difflib.SequenceMatcher(None, old, new, False).get_opcodes() if c[0] != "equal"]
    (_, a1, _, b1, _), (_, _, a2, _, b2) = changes[0], changes[-1]
    before, after = (" ".join(line.strip() for line in lines) for lines in (old[a1:a2], new[b1:b2]))
    return Mutant(path, a1 + 1, before, after, mutated)


# ---- 运行测试 ----


class MutatedModule(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """导入这个模块时，执行改动后的代码。"""

    def __init__(self, path: str, source: str) -> None:
        self.name, self.path, self.source = ".".join(Path(path).with_suffix("").parts), path, source

    def find_spec(self, fullname, path=None, target=None):
        """只管这一个模块。"""
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module) -> None:
        """执行改动后的代码。"""
        module.__file__ = str(ROOT / self.path)
        exec(compile(self.source, module.__file__, "exec"), module.__dict__)


def start(path: str, source: str, test: Path, folder: str) -> int:
    """在子进程里用改动后的代码运行测试，返回进程号；退出码 0 表示测试全过。

    当前目录换成 folder：改坏的代码若写错了地方，也只会写在这个临时文件夹里。
    """
    if child := os.fork():
        return child
    signal.alarm(TIMEOUT)  # 到时由系统结束这个子进程
    os.chdir(folder)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    status = 1
    try:
        import pytest
        import torch

        torch.set_num_threads(1)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        sys.path.insert(0, str(ROOT))
        sys.meta_path.insert(0, MutatedModule(path, source))
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:unraisableexception"]
        options += ["-o", "addopts=", "--import-mode=importlib"]
        status = int(pytest.main([*options, f"--rootdir={ROOT}", str(test)]))
    finally:
        os._exit(min(status, 1))


def survivors(mutants: list[Mutant], test: Path, jobs: int, folder: str) -> list[Mutant]:
    """运行全部变异，返回没有让任何测试失败的。"""
    running: dict[int, Mutant] = {}
    alive: list[Mutant] = []
    waiting = list(reversed(mutants))
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[start(mutant.path, mutant.source, test, folder)] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        if status == 0:
            alive.append(mutant)
    return sorted(alive, key=lambda mutant: mutant.line)


def test_file(path: str) -> Path:
    """labs/x/y.py → tests/labs/x/test_y.py；没有则退出。"""
    found = ROOT / "tests" / Path(path).with_name(f"test_{Path(path).name}")
    if not found.is_file():
        raise SystemExit(f"{path} 没有同名的测试，应有 {found.relative_to(ROOT)}。")
    return found


def check_module(path: str, limit: int | None, jobs: int, reasons: dict[tuple, str]) -> tuple[int, int, int]:
    """查一个文件，打印没有理由的存活变异；返回（总数，有理由的存活，没有理由的存活）。"""
    source, test = (ROOT / path).read_text("utf-8"), test_file(path)
    mutants = list(mutants_of(path, source))
    if limit is not None and limit < len(mutants):
        mutants = random.Random(0).sample(mutants, limit)
    with tempfile.TemporaryDirectory() as folder:
        if os.waitpid(start(path, source, test, folder), 0)[1]:
            raise SystemExit(f"{path} 未经改动，{test.relative_to(ROOT)} 就不通过。先修好测试。")
        alive = survivors(mutants, test, jobs, folder)
    keys = [(mutant.path, mutant.before, mutant.after) for mutant in alive]
    unexplained = [mutant for mutant, key in zip(alive, keys, strict=True) if key not in reasons]
    for mutant in unexplained:
        print(mutant)
    stale = [key for key in reasons if key[0] == path and key not in keys] if limit is None else []
    for _, before, after in stale:
        print(f"{path}: 理由已过时，这处变异不再存活：{before} → {after}。从 {EXPLAINED.name} 删去。")
    explained = len(alive) - len(unexplained)
    killed = len(mutants) - len(alive)
    print(
        f"{path}: {len(mutants)} 处变异，测试发现 {killed}，等价 {explained}，漏过 {len(unexplained)}",
        flush=True,
    )
    return len(mutants), explained, len(unexplained) + len(stale)


def main(arguments: list[str] | None = None) -> int:
    """命令行入口；全部变异被发现或有理由时返回 0。"""
    parser = argparse.ArgumentParser(description="变异检查。")
    parser.add_argument("paths", nargs="+", help="labs/ 下的文件或文件夹")
    parser.add_argument("--limit", type=int, help="每个文件最多查几处")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="同时运行几个，默认等于核数")
    options = parser.parse_args(arguments)
    if not hasattr(os, "fork"):
        raise SystemExit("变异检查需要 os.fork，请在 Linux 或 macOS 上运行。")
    for module in PRELOADED:  # 先导入，子进程便不必再付这份时间
        importlib.import_module(module)
    entries = tomllib.loads(EXPLAINED.read_text("utf-8")).get("survivor", []) if EXPLAINED.is_file() else []
    reasons = {(entry["path"], entry["before"], entry["after"]): entry["reason"] for entry in entries}
    files = [
        file.resolve().relative_to(ROOT).as_posix()
        for path in map(Path, options.paths)
        for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])
        if file.name != "__init__.py" and "exercises" not in file.parts
    ]
    if not files:
        raise SystemExit(f"没有可查的文件：{'、'.join(options.paths)}。")
    results = [check_module(path, options.limit, options.jobs, reasons) for path in files]
    total, explained, missed = (sum(column) for column in zip(*results, strict=True))
    print(f"共 {total} 处变异，等价 {explained}，没有着落 {missed}。")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
