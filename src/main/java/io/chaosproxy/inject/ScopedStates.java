package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.flow.RateLimiter;
import io.chaosproxy.stream.OutageState;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Limiters and outages of the rules that a connection meets, by the scope that shares each. Thread-safe. */
public final class ScopedStates {
    private final Supplier<ActivePlan> active;
    private final RuleStates ofConnection;
    private final @Nullable SharedLimiters limitersOfConnection;
    private final SharedLimiters limitersOfProxy;
    private final @Nullable OfAll ofAll;

    /**
     * States that the rules of all proxies share.
     *
     * @param proxy of the connection
     */
    public record OfAll(PlanHolder proxy, GlobalLimiters limiters, SharedOutages outages) {}

    private ScopedStates(
            Supplier<ActivePlan> active,
            RuleStates ofConnection,
            @Nullable SharedLimiters limitersOfConnection,
            SharedLimiters limitersOfProxy,
            @Nullable OfAll ofAll) {
        this.active = active;
        this.ofConnection = ofConnection;
        this.limitersOfConnection = limitersOfConnection;
        this.limitersOfProxy = limitersOfProxy;
        this.ofAll = ofAll;
    }

    /**
     * The states of a connection of a proxy.
     *
     * @param active the plan in force at the moment of the call
     */
    public static ScopedStates onProxy(
            Supplier<ActivePlan> active,
            RuleStates ofConnection,
            SharedLimiters limitersOfConnection,
            SharedLimiters limitersOfProxy,
            OfAll ofAll) {
        return new ScopedStates(active, ofConnection, limitersOfConnection, limitersOfProxy, ofAll);
    }

    /** The states of a connection inside a service, whose plan has no rate but of the service and no outage of all proxies. */
    static ScopedStates insideService(
            Supplier<ActivePlan> active, RuleStates ofConnection, SharedLimiters limitersOfService) {
        return new ScopedStates(active, ofConnection, null, limitersOfService, null);
    }

    /** The limiter of a rate rule in this direction. */
    RateLimiter limiter(String rule, RateLimit limit, Direction direction) {
        return switch (limit.scope()) {
            case CONNECTION ->
                given(limitersOfConnection, FaultScope.CONNECTION).limiter(rule, limit, direction, active);
            case PROXY -> limitersOfProxy.limiter(rule, limit, direction, active);
            case ALL, CLUSTER -> given(ofAll, limit.scope()).limiters().limiter(rule, limit, direction);
        };
    }

    /** The outage state of a rule; unused by other faults. */
    OutageState stall(ActiveRule rule) {
        return switch (rule.stalls().orElse(FaultScope.PROXY)) {
            case CONNECTION -> ofConnection.of(rule, OutageState.class, OutageState::new);
            case PROXY -> rule.stall();
            case ALL, CLUSTER -> {
                OfAll all = given(ofAll, FaultScope.ALL);
                yield all.outages().of(all.proxy(), rule);
            }
        };
    }

    private static <T> T given(@Nullable T states, FaultScope scope) {
        if (states == null) {
            throw new IllegalStateException("no rule here shares with scope " + scope);
        }
        return states;
    }
}
