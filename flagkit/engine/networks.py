"""Whether an address lies in one of some networks."""

from collections.abc import Callable, Sequence

from flagkit.engine.documents import BrokenDocument, shown


def contains(networks: Sequence[object]) -> Callable[[object], bool]:
    """What tells whether an address (text, IPv4 or IPv6) lies in one of these networks or is one of these addresses.

    Raises BrokenDocument for a network that cannot be read. An IPv4 address written as IPv6 counts as the former.
    """
    from ipaddress import ip_address, ip_network  # only rules with networks pay for the import

    spans: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
    for network in networks:
        try:
            parsed = ip_network(str(network), strict=False)
        except ValueError as error:
            raise BrokenDocument(f"{shown(network)} is not a network: write it like 10.0.0.0/8") from error
        spans[parsed.version].append((int(parsed.network_address), int(parsed.broadcast_address)))

    def inside(value: object) -> bool:
        if not isinstance(value, str):
            return False
        try:
            address = ip_address(value.strip())
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        number = int(address)
        return any(low <= number <= high for low, high in spans[address.version])

    return inside
