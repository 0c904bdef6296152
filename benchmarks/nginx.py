"""nginx with one fixed answer, on a port and in a folder of its own: what this machine can give at all."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import free_port, wait_for

CONFIG = """
daemon off; worker_processes {workers}; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}; proxy_temp_path {folder};
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port} reuseport;
        location / {{ default_type application/json; add_header Cache-Control no-store; return 200 '{body}'; }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, body: str, *, workers: int) -> Iterator[tuple[str, int]]:
    """URL and process id while it runs."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert program, "nginx is not installed (Debian's package nginx-light is enough)"
    port = free_port()
    folder.mkdir()
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, body=body, workers=workers))
    process = subprocess.Popen([program, "-c", str(config), "-p", str(folder)])
    try:
        wait_for(lambda: (folder / "pid").exists() and (folder / "pid").read_text().strip(), seconds=10)
        yield f"http://127.0.0.1:{port}/", process.pid
    finally:
        process.terminate()
        process.wait(10)
