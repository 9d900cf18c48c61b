package io.chaosproxy.relay;

import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.inject.Admission;
import io.chaosproxy.inject.Target;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Steps between the accept and the first byte that is relayed: a header that says who the client is, the faults at accept, TLS,
 * and the detection of the protocol. Confined to the connection's thread, but for the address.
 */
public final class ConnectionSetup {
    private final ProxyContext proxy;
    private final ClientAddress address;
    private final ConnectionHost host;
    private final ConnectionPipelines pipelines;
    private final ConnectionFacts facts;
    private final ConnectionSockets sockets;
    private final UpstreamDial upstream;
    private final ConnectionTeardown teardown;
    private final ConnectionTasks tasks;
    private final Peek peek;

    /**
     * Not begun yet.
     *
     * @param warn logs what a person may have to look at
     */
    ConnectionSetup(
            ProxyContext proxy,
            ConnectionFacts facts,
            ClientAddress address,
            ConnectionSockets sockets,
            UpstreamDial upstream,
            ConnectionTeardown teardown,
            ConnectionHost host,
            ConnectionPipelines pipelines,
            ConnectionTasks tasks,
            Consumer<String> warn) {
        this.proxy = proxy;
        this.facts = facts;
        this.address = address;
        this.sockets = sockets;
        this.upstream = upstream;
        this.teardown = teardown;
        this.host = host;
        this.pipelines = pipelines;
        this.tasks = tasks;
        this.peek = new Peek(sockets, teardown, tasks, warn);
    }

    /** Address of the client. */
    ClientAddress address() {
        return address;
    }

    /**
     * Runs it. Only when the faults at accept have let the connection in, and if its bytes belong to no exchanges, is it decided which
     * rules they meet: a connection that is refused uses up no ordinal and no hit of theirs.
     *
     * @throws io.chaosproxy.stream.ConnectionAbort if a rule ends the connection
     * @throws IOException if the client does not send what it has to; the connection is closed then
     */
    void run(Target connection) throws IOException {
        address.read(proxy.options().proxyProtocol(), peek);
        connection.clientIs(address.client().getAddress());
        Admission.admit(host, connection);
        switch (facts.protocol()) {
            case TCP, HTTP, FORWARD -> {
                Optional<ListenerTls> tls = proxy.settings().tls();
                if (tls.isPresent()) { // a connection in cleartext has none of what follows
                    switch (tls.get()) {
                        case ListenerTls.Terminated terminated -> tls().negotiate(connection);
                        case ListenerTls.Passthrough passthrough -> readServerName(connection);
                    }
                }
            }
            case AUTO -> detection().decide(connection);
        }
        host.admitted();
        beginBytes(connection);
    }

    private void beginBytes(Target connection) throws IOException {
        if (host.carriesBytes()) {
            pipelines.begin(connection);
        }
    }

    private void readServerName(Target connection) throws IOException {
        if (host.active().asksForServerName()) {
            detection().readServerName(connection);
        }
    }

    private ClientTls tls() {
        return new ClientTls(proxy, sockets, upstream, facts, host, peek);
    }

    private Detection detection() {
        ClientTls tls = tls();
        Interception interception = new Interception(proxy, facts, address, upstream, tls, peek);
        return new Detection(sockets, teardown, upstream, facts, peek, tls, interception, tasks);
    }

    /**
     * The target that the client has named is connected, and the client knows: decides what they speak, and which rules the bytes meet,
     * as for a client that has connected to the target itself.
     */
    public void tunnel(Target connection) throws IOException {
        facts.target().ifPresent(connection::isNamed);
        detection().decideAgain(connection);
        beginBytes(connection);
    }

    /** Negotiation of the client with the proxy itself. */
    public Peek peek() {
        return peek;
    }

    /** The client speaks HTTP with the proxy, and names the target in each request. */
    public void namesTargetsInRequests() {
        facts.isHttp();
    }
}
