package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.TargetPattern;
import io.chaosproxy.fault.Network;
import io.chaosproxy.net.OwnListeners;
import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which addresses a forward proxy connects to for a target that a client names. It is asked for the name before that is looked up, because
 * a query to a name server may itself be what is not permitted (it tells others the name, and can carry data out). Then it is
 * asked for the addresses that the name has been resolved to, just before these are dialled, so that a name which has another address at
 * another time gets no further.
 */
record TargetPolicy(ForwardAccess access) {
    /** Why no address of this target can be permitted, as far as its name and port tell; empty if one may be. */
    Optional<String> refusal(Address target) {
        return denied(pattern -> pattern.matchesName(target)).or(() -> missing(pattern -> pattern.mayMatch(target)));
    }

    /** Why an address of this target is not permitted; empty if it is. */
    Optional<String> refusal(Address target, InetAddress address) {
        if (OwnListeners.isReachedBy(address, target.port())) {
            return Optional.of("the control plane or a forward proxy of this process listens there");
        }
        return denied(pattern -> pattern.matches(target, address))
                .or(() -> missing(pattern -> pattern.matches(target, address)))
                .or(() -> guarded(target, address));
    }

    private Optional<String> denied(Predicate<TargetPattern> matches) {
        return access.deny().stream().filter(matches).findFirst().map(pattern -> "deny has " + pattern);
    }

    private Optional<String> missing(Predicate<TargetPattern> matches) {
        boolean isMissing = !access.allow().isEmpty() && access.allow().stream().noneMatch(matches);
        return isMissing ? Optional.of("no pattern of allow matches it") : Optional.empty();
    }

    private Optional<String> guarded(Address target, InetAddress address) {
        return GuardedAddresses.contain(address) && !isNamed(target, address)
                ? Optional.of(address.getHostAddress()
                        + " is guarded, as a link-local address or one of a metadata service; allow can name it")
                : Optional.empty();
    }

    /** Whether {@code allow} has just this address: a network around it, or a pattern of names, is not meant for what is guarded. */
    private boolean isNamed(Address target, InetAddress address) {
        return access.allow().stream()
                .filter(pattern -> pattern.network().filter(Network::isSingle).isPresent())
                .anyMatch(pattern -> pattern.matches(target, address));
    }
}
