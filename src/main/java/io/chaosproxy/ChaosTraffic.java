package io.chaosproxy;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Amount;
import io.chaosproxy.observe.Traffic;
import io.chaosproxy.relay.ProxyServer;
import java.time.Duration;

/**
 * Traffic of a proxy up to one moment.
 *
 * @param connections accepted
 * @param open of them, at this moment
 * @param dialFailures of them, that did not reach the upstream
 * @param exchanges begun on an http proxy; 0 on a tcp proxy
 * @param up bytes handed on to the upstream
 * @param down bytes handed on to clients
 * @param time since the proxy was started
 */
public record ChaosTraffic(
        long connections, int open, long dialFailures, long exchanges, long up, long down, Duration time) {

    static ChaosTraffic of(ProxyServer proxy, Duration time) {
        Traffic traffic = proxy.traffic();
        return new ChaosTraffic(
                traffic.connections(),
                proxy.connections().size(),
                traffic.dialFailures(),
                traffic.exchanges(),
                traffic.bytes(Direction.UP),
                traffic.bytes(Direction.DOWN),
                time);
    }

    /** Such as {@code 12 connections (3 open), 40 exchanges, 4.2 KiB up, 1.5 MiB down in 2.5 s}. */
    @Override
    public String toString() {
        return Amount.count(connections, "connection")
                + " (" + open + " open" + (dialFailures == 0 ? "" : ", " + dialFailures + " without upstream") + "), "
                + (exchanges == 0 ? "" : Amount.count(exchanges, "exchange") + ", ")
                + Amount.bytes(up) + " up, " + Amount.bytes(down) + " down in " + Amount.time(time.toNanos());
    }
}
