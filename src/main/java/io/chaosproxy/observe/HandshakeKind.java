package io.chaosproxy.observe;

/**
 * A kind of TLS handshakes that are counted together. Both ends choose from a bounded set, so there are few of them.
 *
 * @param side with the client or with the upstream
 * @param version negotiated version; {@link #NONE} if the handshake failed
 * @param cipher negotiated cipher suite; {@link #NONE} if the handshake failed
 * @param result how it ended
 */
public record HandshakeKind(Side side, String version, String cipher, Result result) {
    /** Cipher and version of a handshake that failed. */
    public static final String NONE = "none";

    /** Peer of the handshake. */
    public enum Side {
        /** The client of a listener that terminates TLS. */
        CLIENT,
        /** An upstream that is reached by TLS. */
        UPSTREAM
    }

    /** How a handshake ended. */
    public enum Result {
        /** Both ends agreed. */
        DONE,
        /** They did not agree, or one of them left. */
        FAILED,
        /** It took too long. */
        TIMED_OUT
    }

    /** One that both ends completed. */
    public static HandshakeKind done(Side side, TlsInfo agreed) {
        return new HandshakeKind(side, agreed.version(), agreed.cipher(), Result.DONE);
    }

    /** One that ended before. */
    public static HandshakeKind failed(Side side, boolean late) {
        return new HandshakeKind(side, NONE, NONE, late ? Result.TIMED_OUT : Result.FAILED);
    }
}
