package io.chaosproxy.observe;

import java.util.Locale;

/** Why a connection ended; the first cause counts. */
public enum EndCause {
    /** Both directions ended, or nothing more was to come. */
    COMPLETED,
    /** The client reset the connection, took no more bytes, or left while a rule held it or before its response was complete. */
    CLIENT_GONE,
    /** The upstream reset the connection, took no more bytes, or ended before its response was complete. */
    UPSTREAM_GONE,
    /** The upstream could not be reached. */
    UPSTREAM_UNREACHABLE,
    /** A rule reset it. */
    FAULT_RESET,
    /** A rule closed it. */
    FAULT_CLOSE,
    /** A message could not be understood. */
    PROTOCOL_ERROR,
    /** The client did not send in time what comes before its first byte: a PROXY header, TLS, or SOCKS. */
    HANDSHAKE_TIMEOUT,
    /** Nothing moved for as long as the proxy allows. */
    IDLE_TIMEOUT,
    /** The proxy was switched off, moved or closed. */
    PROXY_STOPPED,
    /** It was ended by the API or by code. */
    REQUESTED,
    /** A defect of this program. */
    DEFECT;

    /** As the log, the event stream, the metrics and the flight recorder write it, such as {@code client-gone}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
