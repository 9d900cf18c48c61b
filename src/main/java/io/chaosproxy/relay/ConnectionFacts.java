package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.net.DetectedProtocol;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is known of one connection besides its traffic. Written by the connection's thread before the first byte is relayed; thread-safe. */
public final class ConnectionFacts {
    private volatile Protocol protocol;
    private volatile @Nullable Address target;

    /** Nothing but what the proxy is told to expect. */
    ConnectionFacts(Protocol expected) {
        this.protocol = expected;
    }

    /** How its bytes are relayed: as TCP or HTTP, or {@link Protocol#AUTO} until that has been detected. */
    public Protocol protocol() {
        return protocol;
    }

    /** The target that the client of a forward proxy has named last; empty on other proxies. */
    public Optional<Address> target() {
        return Optional.ofNullable(target);
    }

    /** Its client has named this target, which is connected. */
    void target(Address named) {
        target = named;
    }

    /** Its requests name their targets. */
    void isHttp() {
        protocol = Protocol.HTTP;
    }

    /** Its client turned out to speak this, within TLS if that is terminated. */
    void speaks(DetectedProtocol spoken) {
        protocol = spoken == DetectedProtocol.HTTP_1 ? Protocol.HTTP : Protocol.TCP;
    }
}
