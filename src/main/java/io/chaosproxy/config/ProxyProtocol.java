package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.Network;
import java.util.List;

/**
 * Use of the PROXY protocol, with which load balancers tell who the client is (HAProxy's {@code doc/proxy-protocol.txt}).
 *
 * @param acceptFrom senders whose connections begin with a header, of version 1 or 2; connections of others are served without
 * @param send what the upstream gets in front of each connection's bytes
 */
public record ProxyProtocol(List<Network> acceptFrom, Send send) {
    /** Header that the upstream gets. */
    public enum Send {
        /** No header. */
        OFF,
        /** A line of text. */
        V1,
        /** The binary header. */
        V2
    }

    /** No headers. */
    public static final ProxyProtocol OFF = new ProxyProtocol(List.of(), Send.OFF);

    /** Rejects null. */
    public ProxyProtocol {
        acceptFrom = List.copyOf(Check.elements("accept-proxy-protocol", acceptFrom));
        Check.given("send-proxy-protocol", send);
    }

    /**
     * {@return the same, with these senders}
     *
     * @param senders addresses and networks
     */
    public ProxyProtocol acceptFrom(List<Network> senders) {
        return new ProxyProtocol(senders, send);
    }

    /**
     * {@return the same, with this for the upstream}
     *
     * @param version what it gets
     */
    public ProxyProtocol send(Send version) {
        return new ProxyProtocol(acceptFrom, version);
    }
}
