package io.chaosproxy.observe;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * State of a connection at one moment.
 *
 * @param proxy name of the proxy
 * @param number number of the connection on the proxy, from 1
 * @param client address of the client
 * @param since when it was accepted
 * @param up bytes handed on to the upstream
 * @param down bytes handed on to the client
 * @param waiting threads of the connection that wait for a fault
 * @param rules names of the rules that its bytes meet, in the order of the plan
 * @param exchange number of the last HTTP exchange that began, from 1; 0 on a tcp proxy
 * @param protocol what its client speaks, as far as the proxy knows: {@code tcp} or {@code http}, or as it was detected; empty until
 *     then
 * @param target host and port that the client of a forward proxy has named last; empty on other proxies, and before
 * @param serverName server name of its ClientHello; empty if there is none, or it was not read
 * @param tls TLS with the client; empty if it is not terminated here
 * @param upstreamTls TLS with the upstream
 */
public record ConnectionInfo(
        String proxy,
        long number,
        InetSocketAddress client,
        Instant since,
        long up,
        long down,
        int waiting,
        Set<String> rules,
        long exchange,
        String protocol,
        String target,
        String serverName,
        Optional<TlsInfo> tls,
        Optional<TlsInfo> upstreamTls) {}
