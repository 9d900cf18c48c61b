package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.fault.Network;
import io.chaosproxy.net.OwnListeners;
import java.net.InetAddress;
import java.util.function.Predicate;

/**
 * Which addresses a forward proxy connects to for a target that a client names. It is asked for the name before that is looked up, because
 * a query to a name server may itself be what is not permitted (it tells others the name, and can carry data out). Then it is
 * asked for the addresses that the name has been resolved to, just before these are dialled, so that a name which has another address at
 * another time gets no further.
 */
record TargetPolicy(ForwardAccess access) {
    /** Whether an address of this target may be permitted, as far as its name and port tell. */
    boolean mayPermit(Address target) {
        return access.deny().stream().noneMatch(pattern -> pattern.matchesName(target))
                && (access.allow().isEmpty() || access.allow().stream().anyMatch(pattern -> pattern.mayMatch(target)));
    }

    /** The addresses that may be dialled for this target. */
    Predicate<InetAddress> permits(Address target) {
        return address -> permits(target, address);
    }

    private boolean permits(Address target, InetAddress address) {
        return !OwnListeners.isReachedBy(address, target.port())
                && access.deny().stream().noneMatch(pattern -> pattern.matches(target, address))
                && (access.allow().isEmpty()
                        || access.allow().stream().anyMatch(pattern -> pattern.matches(target, address)))
                && (!GuardedAddresses.contain(address) || isNamed(target, address));
    }

    /** Whether {@code allow} has just this address: a network around it, or a pattern of names, is not meant for what is guarded. */
    private boolean isNamed(Address target, InetAddress address) {
        return access.allow().stream()
                .filter(pattern -> pattern.network().filter(Network::isSingle).isPresent())
                .anyMatch(pattern -> pattern.matches(target, address));
    }
}
