package io.chaosproxy.inject;

import io.chaosproxy.fault.Endpoint;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** View of a connection, or of an exchange on it, for the conditions of rules. */
public interface Matchable {
    /** {@return the address of the client} */
    InetAddress client();

    /** {@return the server name of the client's ClientHello (SNI, RFC 6066 §3), as far as it is known} */
    Optional<String> serverName();

    /** {@return the upstream that it goes to, as far as that is known} */
    Optional<Endpoint> upstream();

    /** {@return the HTTP request} Null if it is none. */
    @Nullable
    Request request();
}
