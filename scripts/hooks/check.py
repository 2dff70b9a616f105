"""第一个钩子：读全书、先查后建。有问题时在清空旧站点之前停下，所以 ``mkdocs serve`` 仍显示上一次的好页面。"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from book import checks, session
from book.problems import BookError
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.utils import clean_directory

_command = "build"
_port_checked = False


def on_startup(command: str, dirty: bool) -> None:
    """记下是构建还是预览。"""
    global _command
    _command = command


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """预览的端口被占用时，先说清楚。"""
    global _port_checked
    if _command == "serve" and not _port_checked:
        _port_checked = True
        host, port = config.dev_addr.host, config.dev_addr.port
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise PluginError(f"端口 {host}:{port} 用不了（{error.strerror}）→ 换一个：mkdocs serve -a {host}:{port + 1}") from None
    return config


def on_pre_build(config: MkDocsConfig) -> None:
    """读全书，跑构建必须通过的检查。"""
    try:
        book = session.start(Path(config.config_file_path).parent).book
        if problems := checks.run(book, checks.BUILD):
            raise BookError(problems)
    except BookError as error:
        raise PluginError(f"书稿有 {len(error.problems)} 处问题，没有构建：\n{error}") from None


def on_build_error(error: Exception, **_: Any) -> None:
    """构建失败时不留下半个站点。"""
    from mkdocs.plugins import get_plugin_logger

    config = _config
    if _command == "build" and config is not None and Path(config.site_dir).exists():
        clean_directory(config.site_dir)
        get_plugin_logger("book").info("已清空没有建完的 %s", config.site_dir)


_config: MkDocsConfig | None = None


def on_files(files: Any, config: MkDocsConfig) -> Any:
    """旧站点此时已清空；记下配置，出错时知道清哪里。"""
    global _config
    _config = config
    return files
