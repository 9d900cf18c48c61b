package io.chaosproxy.forward;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.chaosproxy.config.Address;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.net.UpstreamUnreachableException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Messages of SOCKS 5 (RFC 1928), and of its authentication by user and password (RFC 1929). Each one is parsed from the bytes from
 * position to limit, which stay as they are; more bytes may follow it.
 */
final class Socks5 {
    /** No authentication (RFC 1928 §3). */
    static final int NO_AUTHENTICATION = 0;

    static final int USER_AND_PASSWORD = 2;
    static final int NO_ACCEPTABLE_METHOD = 0xff;

    static final byte VERSION = 5;

    /** First byte of clients of SOCKS 4, which is not spoken here. */
    static final byte VERSION_4 = 4;

    /** What SOCKS 4 says to a client whose request is rejected: a version of 0, the code, and six bytes that don't count. */
    private static final byte[] REJECTED_OF_4 = {0, 91, 0, 0, 0, 0, 0, 0};

    private static final int AUTHENTICATION_VERSION = 1;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    private Socks5() {}

    /** The answer to a client of SOCKS 4. */
    static ByteBuffer rejectedOf4() {
        return ByteBuffer.wrap(REJECTED_OF_4.clone());
    }

    /** Codes of the reply to a request (RFC 1928 §6). */
    enum Reply {
        SUCCEEDED(0),
        GENERAL_FAILURE(1),
        NOT_ALLOWED(2),
        NETWORK_UNREACHABLE(3),
        HOST_UNREACHABLE(4),
        REFUSED(5),
        TTL_EXPIRED(6),
        COMMAND_NOT_SUPPORTED(7),
        ADDRESS_TYPE_NOT_SUPPORTED(8);

        private final byte code;

        Reply(int code) {
            this.code = (byte) code;
        }

        /** The code for a target that could not be reached. A name without an address has none of its own. */
        static Reply of(UpstreamUnreachableException e) {
            return switch (e.obstacle()) {
                case REFUSED -> Reply.REFUSED;
                case NO_NETWORK -> NETWORK_UNREACHABLE;
                case NO_HOST, UNKNOWN_HOST -> HOST_UNREACHABLE;
                case LATE -> TTL_EXPIRED; // the code for a time that is over
                case NOT_PERMITTED -> NOT_ALLOWED;
                case OTHER -> GENERAL_FAILURE;
            };
        }
    }

    /** A message that the client may send, or that it is not there yet, or not one. */
    sealed interface Message {
        /** More bytes are needed to tell. */
        record Incomplete() implements Message {}

        /**
         * The bytes are something else.
         *
         * @param reply for a request
         */
        record Malformed(String reason, Reply reply) implements Message {}

        /** Greeting with the methods of authentication that the client offers. */
        record Greeting(int length, boolean withoutAuthentication, boolean byPassword) implements Message {}

        /** User and password. */
        record Login(int length, String user, String password) implements Message {}

        /** Request for a connection. */
        record Request(int length, Address target) implements Message {}
    }

    private static final Message INCOMPLETE = new Message.Incomplete();

    /** The greeting, {@code VER NMETHODS METHODS}. */
    static Message greeting(ByteBuffer bytes) {
        ByteBuffer in = bytes.slice();
        if (in.hasRemaining() && at(in, 0) != VERSION) {
            return malformed("SOCKS version " + at(in, 0) + " is not spoken here, only 5");
        }
        if (in.limit() < 2 || in.limit() < 2 + at(in, 1)) {
            return INCOMPLETE;
        }
        int length = 2 + at(in, 1);
        boolean without = false;
        boolean byPassword = false;
        for (int i = 2; i < length; i++) {
            without |= at(in, i) == NO_AUTHENTICATION;
            byPassword |= at(in, i) == USER_AND_PASSWORD;
        }
        return new Message.Greeting(length, without, byPassword);
    }

    /** User and password, {@code VER ULEN UNAME PLEN PASSWD} (RFC 1929 §2). */
    static Message login(ByteBuffer bytes) {
        ByteBuffer in = bytes.slice();
        if (in.hasRemaining() && at(in, 0) != AUTHENTICATION_VERSION) {
            return malformed("version " + at(in, 0) + " of the authentication by password is not spoken here, only 1");
        }
        if (in.limit() < 2 || in.limit() < 3 + at(in, 1)) {
            return INCOMPLETE;
        }
        int user = at(in, 1);
        int password = at(in, 2 + user);
        int length = 3 + user + password;
        return in.limit() < length
                ? INCOMPLETE
                : new Message.Login(length, text(in, 2, user), text(in, 3 + user, password));
    }

    /** The request, {@code VER CMD RSV ATYP DST.ADDR DST.PORT} (RFC 1928 §4). */
    static Message request(ByteBuffer bytes) {
        ByteBuffer in = bytes.slice();
        if (in.hasRemaining() && at(in, 0) != VERSION) {
            return malformed("a SOCKS request does not begin with 5");
        }
        if (in.limit() < 5) {
            return INCOMPLETE;
        }
        int length = switch (at(in, 3)) {
            case IPV4 -> 4;
            case IPV6 -> 16;
            case NAME -> 1 + at(in, 4);
            default -> -1;
        };
        if (length < 0) {
            return new Message.Malformed(
                    "SOCKS address type " + at(in, 3) + " is unknown", Reply.ADDRESS_TYPE_NOT_SUPPORTED);
        }
        if (in.limit() < 4 + length + 2) {
            return INCOMPLETE;
        }
        if (at(in, 1) != CONNECT) {
            return new Message.Malformed(
                    "SOCKS command " + at(in, 1) + " is not supported, only CONNECT", Reply.COMMAND_NOT_SUPPORTED);
        }
        return target(in, length)
                .<Message>map(target -> new Message.Request(4 + length + 2, target))
                .orElseGet(
                        () -> new Message.Malformed("the SOCKS request names no host and port", Reply.GENERAL_FAILURE));
    }

    private static Optional<Address> target(ByteBuffer in, int length) {
        int port = in.getShort(4 + length) & 0xffff;
        try {
            String host = at(in, 3) == NAME
                    ? new String(bytes(in, 5, length - 1), ISO_8859_1)
                    : InetAddress.getByAddress(bytes(in, 4, length)).getHostAddress();
            return host.isEmpty() || port == 0 ? Optional.empty() : Optional.of(new Address(host, port));
        } catch (UnknownHostException | InvalidValueException e) {
            return Optional.empty();
        }
    }

    private static Message malformed(String reason) {
        return new Message.Malformed(reason, Reply.GENERAL_FAILURE);
    }

    private static String text(ByteBuffer in, int from, int length) {
        return new String(bytes(in, from, length), UTF_8);
    }

    private static byte[] bytes(ByteBuffer in, int from, int length) {
        byte[] bytes = new byte[length];
        in.get(from, bytes);
        return bytes;
    }

    private static int at(ByteBuffer in, int index) {
        return in.get(index) & 0xff;
    }

    /** Answer to the greeting. */
    static ByteBuffer chosen(int method) {
        return ByteBuffer.wrap(new byte[] {VERSION, (byte) method});
    }

    /** Answer to user and password. */
    static ByteBuffer loggedIn(boolean accepted) {
        return ByteBuffer.wrap(new byte[] {AUTHENTICATION_VERSION, (byte) (accepted ? 0 : 1)});
    }

    /** Answer to the request; all zeros for the address if there is no connection. */
    static ByteBuffer reply(Reply reply, Optional<InetSocketAddress> bound) {
        byte[] address = bound.map(local -> local.getAddress().getAddress()).orElse(new byte[4]);
        ByteBuffer out = ByteBuffer.allocate(6 + address.length);
        out.put(VERSION).put(reply.code).put((byte) 0);
        out.put((byte) (address.length == 4 ? IPV4 : IPV6)).put(address);
        out.putShort(bound.map(InetSocketAddress::getPort).orElse(0).shortValue());
        return out.flip();
    }
}
