package io.chaosproxy.relay;

import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.Admission;
import io.chaosproxy.inject.Target;
import java.io.IOException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What comes between the accept and the first byte that is relayed: a header that says who the client is, the faults at accept, and
 * TLS. Confined to the connection's thread, but for the address.
 */
final class ConnectionSetup {
    private final ProxyContext proxy;
    private final ClientAddress address;
    private final ConnectionHost host;
    private final Peek peek;
    private final ClientTls tls;

    /**
     * Not begun yet.
     *
     * @param spawn starts a virtual thread of the connection with this role
     * @param warn logs what a person may have to look at
     */
    ConnectionSetup(
            ProxyContext proxy,
            ClientAddress address,
            ConnectionSockets sockets,
            UpstreamDial upstream,
            ConnectionTeardown teardown,
            ConnectionHost host,
            Waits waits,
            BiConsumer<String, Runnable> spawn,
            Consumer<String> warn) {
        this.proxy = proxy;
        this.address = address;
        this.host = host;
        this.peek = new Peek(sockets.client(), teardown, waits, spawn, warn);
        this.tls = new ClientTls(proxy, sockets, upstream, host, peek);
    }

    /** Who the client is. */
    ClientAddress address() {
        return address;
    }

    /**
     * Runs it.
     *
     * @throws io.chaosproxy.fault.ConnectionAbort if a rule ends the connection
     * @throws IOException if the client does not send what it has to; the connection is closed then
     */
    void run(Target connection) throws IOException {
        address.read(proxy.options().proxyProtocol(), peek);
        connection.clientIs(address.client().getAddress());
        Admission.admit(host, connection);
        tls.negotiate(connection);
    }
}
