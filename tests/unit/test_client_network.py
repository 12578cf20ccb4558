"""One line of one customer is one network, however many addresses it has."""

import pytest

from coverage_app.client_network import client_network


@pytest.mark.parametrize(
    ("addresses", "network"),
    [
        (
            ["192.0.2.7", "192.0.2.7:50123", "::ffff:192.0.2.7", "::ffff:c000:207", "[::ffff:192.0.2.7]:443"],
            "192.0.2.7",
        ),
        (["192.0.2.8"], "192.0.2.8"),
        (["2001:db8:0:1::1", "2001:db8:0:1:ffff:1:2:3", "[2001:db8:0:1::9]:8080"], "2001:db8:0:1::/64"),
        (["2001:DB8:0:2::1", "2001:0db8:0000:0002::2"], "2001:db8:0:2::/64"),
        (["fe80::1%eth0", "fe80::2%wlan1"], "fe80::/64"),
        ([None, "", "unknown", "_hidden", "not an address", "999.1.1.1"], "unknown"),
    ],
)
def test_client_network_is_one_for_all_addresses_of_a_line(addresses: list[str | None], network: str) -> None:
    assert {client_network(address) for address in addresses} == {network}
