package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.inject.Target;
import io.chaosproxy.net.DetectedProtocol;
import io.chaosproxy.observe.HandshakeKind;
import io.chaosproxy.observe.TlsInfo;
import io.chaosproxy.observe.Traffic;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Facts about one connection besides its traffic. Thread-safe; written while it is set up, and when the upstream is connected. */
public final class ConnectionFacts {
    private final Target connection;
    private final Traffic traffic;
    private volatile Protocol protocol;
    private volatile @Nullable Address target;
    private volatile @Nullable DetectedProtocol detected;
    private volatile @Nullable TlsInfo client;
    private volatile @Nullable TlsInfo upstream;

    /**
     * Nothing but what the proxy is told to expect.
     *
     * @param connection is told what its client speaks
     * @param traffic counts what is detected
     */
    ConnectionFacts(Protocol expected, Target connection, Traffic traffic) {
        this.protocol = expected;
        this.connection = connection;
        this.traffic = traffic;
        connection.speaks(spoken());
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
        connection.speaks(spoken());
    }

    /** Its client turned out to speak this, within TLS if that is terminated. */
    void speaks(DetectedProtocol spoken) {
        detected = spoken;
        protocol = spoken == DetectedProtocol.HTTP_1 ? Protocol.HTTP : Protocol.TCP;
        connection.speaks(spoken());
        traffic.countDetected(spoken());
    }

    /** TLS has been negotiated with this side. */
    void secured(HandshakeKind.Side side, TlsInfo agreed) {
        switch (side) {
            case CLIENT -> {
                client = agreed;
                connection.isSecured(agreed.version(), agreed.cipher());
            }
            case UPSTREAM -> upstream = agreed;
        }
    }

    /** TLS with this side, if there is any. */
    public Optional<TlsInfo> tls(HandshakeKind.Side side) {
        return Optional.ofNullable(side == HandshakeKind.Side.CLIENT ? client : upstream);
    }

    /** Protocol of the client in a word; empty until it has been detected. */
    public String spoken() {
        DetectedProtocol found = detected;
        if (found == null) {
            return protocol.isDetected() ? "" : protocol.name().toLowerCase(Locale.ROOT);
        }
        return switch (found) {
            case HTTP_1 -> "http";
            case HTTP_2 -> "http2";
            case TLS -> "tls";
            case SOCKS_5 -> "socks5";
            case OPAQUE, NEED_MORE -> "opaque";
        };
    }
}
