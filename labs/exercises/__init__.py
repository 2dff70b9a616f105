"""编程习题的骨架：每题一个文件，写完后用 python scripts/exercise.py 运行公开测试。"""
