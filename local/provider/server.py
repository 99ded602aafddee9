"""The provider as the gRPC server that the Pulumi engine attaches to.

PULUMI_DEBUG_PROVIDERS=aws:PORT PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true pulumi up
"""

from collections.abc import Callable
from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from local.terminal import show

from .servicer import Servicer

MESSAGE_BYTES = 400 * 1024 * 1024
"""The largest message, as in Pulumi's own servers: a whole zip may stand in one."""


def announce(port: int) -> None:
    """Print the port at once: an engine that starts a provider itself waits for this line."""
    show(port)


def serve(port: int = 0, ready: Callable[[int], None] = announce) -> None:
    """Serve on loopback until interrupted; `ready` gets the port (0: any free one).

    Raises OSError when the port is taken.
    """
    server, bound = start(port)
    ready(bound)
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(grace=1).wait()


def start(port: int = 0) -> tuple[grpc.Server, int]:
    """Start a server on loopback and return it with its port; raises OSError when it is taken."""
    options = [
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_send_message_length", MESSAGE_BYTES),
        ("grpc.so_reuseport", 0),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(), server)
    try:
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise OSError(f"port {port}: expected a free port of 127.0.0.1, but it is taken") from error
    server.start()
    return server, bound
