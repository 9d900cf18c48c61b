package io.chaosproxy.observe;

import java.net.InetSocketAddress;
import java.time.Instant;
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
        long exchange) {}
