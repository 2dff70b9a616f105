"""编程习题：列出，运行一道，或用参考实现运行公开测试。

    python scripts/exercise.py --list                   有哪些题
    python scripts/exercise.py 07/causal-attention      检查你写的 labs/exercises/architecture/causal_attention.py
    python scripts/exercise.py --reference [题…]        用 labs/ 里的参考实现运行同样的测试

“07” 是章的编号；一章的骨架放在去掉编号的同名文件夹里（docs/07-architecture → labs/exercises/architecture）。
"""

import argparse
import ast
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Exercise:
    """一道题：name 形如 07/causal-attention，skeleton 与 test 是相对于根目录的路径。"""

    name: str
    title: str
    skeleton: Path
    test: Path


def find_exercises(root: Path = ROOT) -> list[Exercise]:
    """按章的次序列出所有题；骨架没有对应的章或公开测试，抛出 FileNotFoundError。"""
    numbers = {}
    for folder in root.glob("docs/[0-9][0-9]-*"):
        number, _, topic = folder.name.partition("-")
        numbers[topic.replace("-", "_")] = number
    exercises = []
    for path in sorted(root.glob("labs/exercises/*/[!_]*.py")):
        chapter, skeleton = path.parent.name, path.relative_to(root)
        test = Path("tests/exercises", chapter, f"test_{path.name}")
        if chapter not in numbers:
            raise FileNotFoundError(f"{skeleton} 所在的文件夹与 docs/ 里任何一章都不同名。")
        if not (root / test).is_file():
            raise FileNotFoundError(f"{skeleton} 没有公开测试，应有 {test}。")
        title = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]
        name = f"{numbers[chapter]}/{path.stem.replace('_', '-')}"
        exercises.append(Exercise(name, title, skeleton, test))
    return sorted(exercises, key=lambda exercise: exercise.name)


def run(exercises: list[Exercise], reference: bool, *options: str) -> int:
    """运行公开测试，返回 pytest 的退出码；reference 为真时用参考实现代替骨架。"""
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    environment.pop("EXERCISE_REFERENCE", None)
    if reference:
        environment["EXERCISE_REFERENCE"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider"]
    command += ["-o", "addopts=", "--import-mode=importlib", *options]
    command += [str(exercise.test) for exercise in exercises]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main(arguments: list[str] | None = None) -> int:
    """命令行入口，返回退出码：0 通过，1 没有通过，2 用法不对。"""
    parser = argparse.ArgumentParser(description="运行编程习题的公开测试。")
    parser.add_argument("names", nargs="*", metavar="题", help="如 07/causal-attention；省略则全部")
    parser.add_argument("--list", action="store_true", help="列出所有题")
    parser.add_argument("--reference", action="store_true", help="用参考实现代替骨架")
    options = parser.parse_args(arguments)
    exercises = find_exercises()
    if options.list:
        print("\n".join(f"{exercise.name}\t{exercise.title}" for exercise in exercises))
        return 0
    known = {exercise.name: exercise for exercise in exercises}
    unknown = [name for name in options.names if name not in known]
    if unknown:
        print(f"没有这道题：{'、'.join(unknown)}。现有：{'、'.join(known)}。", file=sys.stderr)
        return 2
    chosen = [known[name] for name in options.names] or exercises
    passed = run(chosen, options.reference, "--maxfail=1") == 0
    if passed:
        print(f"通过：{'、'.join(exercise.name for exercise in chosen)}。")
    elif not options.reference:
        files = "、".join(str(exercise.skeleton) for exercise in chosen)
        print(f"还没有通过，上面是第一处失败。改 {files}，再运行一次。")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
