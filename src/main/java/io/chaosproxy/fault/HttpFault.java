package io.chaosproxy.fault;

/** A fault in terms of HTTP messages; only http proxies can have it, and they carry it out. */
public sealed interface HttpFault extends Fault permits Respond, Headers {
    @Override
    default boolean httpOnly() {
        return true;
    }
}
