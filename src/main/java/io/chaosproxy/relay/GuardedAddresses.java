package io.chaosproxy.relay;

import io.chaosproxy.fault.Network;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Addresses that a forward proxy does not connect to unless its settings name them: link-local ones, and metadata services of
 * clouds, which hand out credentials of the machine to whatever connects from it.
 */
final class GuardedAddresses {
    private static final List<Network> NETWORKS = List.of(
            // RFC 3927. Metadata of AWS, Azure, Google Cloud, OpenStack and others at .169.254;
            // credentials of AWS ECS and EKS at .170.2 and .170.23; Scaleway at .42.42; Tencent Cloud at .0.23.
            Network.parse("169.254.0.0/16"),
            // RFC 4291 §2.5.6. OpenStack at fe80::a9fe:a9fe (Nova, "Metadata service").
            Network.parse("fe80::/10"),
            // AWS: ::254 metadata (EC2 User Guide, "Access instance metadata"),
            // ::23 credentials of pods (EKS User Guide, "Set up the Amazon EKS Pod Identity Agent").
            Network.parse("fd00:ec2::/32"),
            // Google Cloud, for IPv6-only machines (Compute Engine, "View and query VM metadata").
            Network.parse("fd20:ce::254"),
            // Oracle Cloud (cloud-init, DataSourceOracle; OCI SDK), and its classic machines.
            Network.parse("fd00:c1::a9fe:a9fe"),
            Network.parse("192.0.0.192"),
            // Scaleway (cloud-init, datasource Scaleway).
            Network.parse("fd00:42::42"),
            // Akamai, Linode (cloud-init, datasource Akamai).
            Network.parse("fd00:a9fe:a9fe::1"),
            // Alibaba Cloud (ECS User Guide, "View instance metadata").
            Network.parse("100.100.100.200"),
            // Azure's WireServer (Azure Virtual Network, "What is IP address 168.63.129.16?").
            Network.parse("168.63.129.16"));

    /** IPv6 prefixes of 96 bits behind which an IPv4 address follows: RFC 4291 §2.5.5.1, RFC 6052 §2.1, RFC 8215. */
    private static final List<Network> WITH_IPV4_BEHIND =
            List.of(Network.parse("::/96"), Network.parse("64:ff9b::/96"), Network.parse("64:ff9b:1::/96"));

    /** 6to4, where it stands behind the first 16 bits (RFC 3056 §2). */
    private static final Network SIX_TO_FOUR = Network.parse("2002::/16");

    private GuardedAddresses() {}

    /** Whether an address, or the IPv4 address that it contains, is one of them. Java has turned IPv4-mapped ones into IPv4 already. */
    static boolean contain(InetAddress address) {
        InetAddress plain = ipv4Within(address);
        return NETWORKS.stream().anyMatch(network -> network.contains(address) || network.contains(plain));
    }

    private static InetAddress ipv4Within(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        if (WITH_IPV4_BEHIND.stream().anyMatch(prefix -> prefix.contains(address))) {
            return ipv4(address, 12);
        }
        return SIX_TO_FOUR.contains(address) ? ipv4(address, 2) : address;
    }

    private static InetAddress ipv4(InetAddress address, int from) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(address.getAddress(), from, from + 4));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // four bytes are an address
        }
    }
}
