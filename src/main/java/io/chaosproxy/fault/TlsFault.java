package io.chaosproxy.fault;

import java.util.Optional;

/** A fault that acts while TLS is negotiated with the client, on a listener that terminates TLS. */
public non-sealed interface TlsFault extends Fault {
    /** Moments of a TLS handshake (RFC 8446 §2). */
    enum Stage {
        /** The ClientHello has been read, nothing has been answered, and the upstream has not been dialled. */
        HELLO,
        /** The server's answer is ready; none of it has been sent. */
        HANDSHAKE
    }

    /** Defects of a certificate. */
    enum Defect {
        /** Its validity ended yesterday. */
        EXPIRED,
        /** It is for another host. */
        WRONG_NAME,
        /** It is signed with its own key, so no authority vouches for it. */
        SELF_SIGNED,
        /** It is signed by an authority that no client knows. */
        UNKNOWN_CA
    }

    /** {@return when it acts} */
    Stage stage();

    /** {@return the delay before it takes effect; also before a handshake goes on, if that is all the fault does} */
    default Distribution delay() {
        return Distribution.NONE;
    }

    /**
     * Whether the connection is reset: by a TCP RST, without an alert and without close_notify. At {@link Stage#HANDSHAKE} the client
     * gets the first record of the answer before it.
     *
     * @return whether it is
     */
    default boolean resets() {
        return false;
    }

    /** {@return the defect of the certificate that the client gets instead of the listener's; empty if it gets that one} */
    default Optional<Defect> certificate() {
        return Optional.empty();
    }

    @Override
    default boolean happensOnce() {
        return true;
    }

    @Override
    default Directions defaultDirections() {
        return Directions.BOTH;
    }

    @Override
    default TrialUnit defaultPer() {
        return TrialUnit.CONNECTION;
    }
}
