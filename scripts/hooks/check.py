"""第一个钩子：读全书、先查后建。

构建失败时 ``mkdocs build`` 不留下任何站点，``mkdocs serve`` 仍显示上一次的好页面。
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from book import checks, session
from book.problems import BookError
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, MkDocsException, PluginError
from mkdocs.plugins import get_plugin_logger
from mkdocs.utils import clean_directory

log = get_plugin_logger("book")
_command, _dirty = "build", False
_config: MkDocsConfig | None = None
_port_checked = False


def on_startup(command: str, dirty: bool) -> None:
    """记下是构建还是预览。"""
    global _command, _dirty
    _command, _dirty = command, dirty


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """记下配置，出错时知道清哪里；预览的端口被占用时，先说清楚。"""
    global _config, _port_checked
    _config = config
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
    """构建失败时不留下半个站点，也不留下看似建好的旧站点。"""
    if _command != "serve" and _config is not None and Path(_config.site_dir).exists():
        clean_directory(_config.site_dir)
        log.info("构建失败，已清空 %s", _config.site_dir)


def on_serve(server: Any, config: MkDocsConfig, builder: Callable[..., None]) -> Any:
    """重建失败时退回上一次的好站点；否则 MkDocs 会让所有请求一直等到修好为止。"""
    site, kept = Path(config.site_dir), Path(f"{config.site_dir}.kept")

    def rebuild() -> None:
        shutil.rmtree(kept, ignore_errors=True)
        if site.exists() and not _dirty:
            site.rename(kept)
        try:
            server_builder()
        except Exception as error:  # Abort 的信息 MkDocs 已经印过
            if not isinstance(error, Abort):
                log.error("重建失败：%s", error, exc_info=not isinstance(error, MkDocsException))
            log.warning("仍显示上一次的好页面；修好后会自动重建")
            if kept.exists():
                shutil.rmtree(site, ignore_errors=True)
                kept.rename(site)
        shutil.rmtree(kept, ignore_errors=True)

    server_builder, server.builder = server.builder, rebuild
    return server
