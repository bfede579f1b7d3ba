"""A network between a client and a server that loses the server's answers from a moment on."""

from __future__ import annotations

import socket
import threading


class DeafProxy:
    """Passes one connection on to a server until `deafen`; then the client is cut off.

    What the client sends still arrives; the server's next answer does not.
    """

    def __init__(self, host: str, port: int) -> None:
        self._deaf = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, args=(host, port))
        self._thread.start()

    def deafen(self) -> None:
        """Lose every answer from now on."""
        self._deaf.set()

    def close(self) -> None:
        """Wait until the connection has ended."""
        self._listener.close()
        self._thread.join(timeout=10)

    def _serve(self, host: str, port: int) -> None:
        client, _ = self._listener.accept()
        with client, socket.create_connection((host, port)) as server:
            asking = threading.Thread(target=_pass_on, args=(client, server))
            asking.start()
            while data := server.recv(65536):
                if self._deaf.is_set():
                    break
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
            asking.join()


def _pass_on(client: socket.socket, server: socket.socket) -> None:
    while data := client.recv(65536):
        server.sendall(data)
    server.shutdown(socket.SHUT_WR)
