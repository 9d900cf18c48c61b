package io.chaosproxy.fault;

/** What a proxy knows about the bytes that it relays. */
public enum Protocol {
    /** Nothing: any protocol over TCP. */
    TCP,
    /** Where exchanges begin and end: HTTP/1.0 and HTTP/1.1. */
    HTTP,
    /** What the first bytes of each connection say: one of the two above, inside TLS if the listener terminates it. */
    AUTO,
    /** Forward proxy: clients name the targets, by HTTP, CONNECT or SOCKS 5; what goes there is relayed as what it turns out to be. */
    FORWARD;

    /** {@return whether the first bytes of each connection decide how it is relayed} */
    public boolean isDetected() {
        return this == AUTO || this == FORWARD;
    }
}
