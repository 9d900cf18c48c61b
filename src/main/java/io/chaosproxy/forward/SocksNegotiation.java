package io.chaosproxy.forward;

import io.chaosproxy.config.Address;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.forward.Socks5.Message;
import io.chaosproxy.forward.Socks5.Reply;
import io.chaosproxy.net.UpstreamUnreachableException;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.Peek;
import io.chaosproxy.relay.ProxyCredentials;
import io.chaosproxy.relay.Pump;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;

/** The server's side of SOCKS 5 on one connection. Confined to the connection's thread. */
final class SocksNegotiation {
    private static final String TIMER = "socks timer";

    private final Connection connection;
    private final Peek client;
    private final ProxyCredentials credentials;

    SocksNegotiation(Connection connection) {
        this.connection = connection;
        this.client = connection.setup().peek();
        this.credentials = connection.proxy().credentials();
    }

    /**
     * Connects to the target that the client asks for; false if that can't be, and the client was told.
     *
     * @throws IOException if the client ends within a message; the connection is closed then
     */
    boolean connect() throws IOException {
        return isAuthorized()
                && switch (read(Socks5::request)) {
                    case Message.Request request -> {
                        client.take(request.length());
                        yield connect(request.target());
                    }
                    case Message.Malformed malformed ->
                        refuse(Socks5.reply(malformed.reply(), Optional.empty()), malformed.reason());
                    case Message other -> throw cut();
                };
    }

    private boolean isAuthorized() throws IOException {
        return switch (read(Socks5::greeting)) {
            case Message.Greeting greeting -> {
                client.take(greeting.length());
                yield isAuthorized(greeting);
            }
            case Message.Malformed malformed -> refuse(Socks5.chosen(Socks5.NO_ACCEPTABLE_METHOD), malformed.reason());
            case Message other -> throw cut();
        };
    }

    private boolean isAuthorized(Message.Greeting greeting) throws IOException {
        if (greeting.withoutAuthentication() && !credentials.areNeeded()) {
            client.reply(Socks5.chosen(Socks5.NO_AUTHENTICATION));
            return true;
        }
        if (!greeting.byPassword()) {
            return refuse(
                    Socks5.chosen(Socks5.NO_ACCEPTABLE_METHOD),
                    "this proxy needs a user and a password, which the SOCKS client does not offer");
        }
        client.reply(Socks5.chosen(Socks5.USER_AND_PASSWORD));
        return switch (read(Socks5::login)) {
            case Message.Login login -> {
                client.take(login.length());
                yield isAuthorized(login);
            }
            case Message.Malformed malformed -> refuse(Socks5.loggedIn(false), malformed.reason());
            case Message other -> throw cut();
        };
    }

    private boolean isAuthorized(Message.Login login) throws IOException {
        if (credentials.areNeeded() && !credentials.accept(login.user() + ":" + login.password())) {
            return refuse(Socks5.loggedIn(false), "user or password is wrong");
        }
        client.reply(Socks5.loggedIn(true));
        return true;
    }

    private boolean connect(Address target) throws IOException {
        try {
            connection.upstream().dial(target);
        } catch (UpstreamUnreachableException e) { // which is logged already
            end(Socks5.reply(Reply.of(e), Optional.empty()), EndCause.UPSTREAM_UNREACHABLE);
            return false;
        }
        client.reply(Socks5.reply(Reply.SUCCEEDED, local()));
        return true;
    }

    private Optional<InetSocketAddress> local() {
        return connection.upstream().localAddress();
    }

    private Message read(Function<ByteBuffer, Message> parser) throws IOException {
        return parser.apply(client.at(
                TIMER, "its SOCKS negotiation", bytes -> !(parser.apply(bytes) instanceof Message.Incomplete)));
    }

    private boolean refuse(ByteBuffer answer, String reason) throws IOException {
        connection.warn("refused: " + reason);
        end(answer, EndCause.PROTOCOL_ERROR);
        return false;
    }

    /** Closes behind a last answer; what the client has sent already is read away, or it would lose the answer to a reset. */
    private void end(ByteBuffer answer, EndCause cause) throws IOException {
        client.reply(answer);
        connection.teardown().closeInOrder(cause);
        try (Chunk chunk = new Chunk()) {
            Pump.discard(connection, Direction.UP, chunk);
        }
    }

    private IOException cut() {
        return client.refused("its SOCKS negotiation is cut");
    }
}
