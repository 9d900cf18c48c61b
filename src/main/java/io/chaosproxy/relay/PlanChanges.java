package io.chaosproxy.relay;

import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Changes the plan of a proxy, after a check that its protocol can carry the plan out and that it agrees with those of other
 * proxies on the rates that all share. The lock of the registry is held by the caller.
 */
final class PlanChanges {
    private final ProxyState proxy;

    PlanChanges(ProxyState proxy) {
        this.proxy = proxy;
    }

    /** From now on the plan counts for the rates that all proxies share. */
    void join() {
        proxy.common().limiters().join(proxy.planInForce());
    }

    /** Checks that the present plan agrees with those of other proxies. */
    void checkAgreement() {
        check(proxy.active().plan());
    }

    /** Puts another plan in force, for all that is under way. */
    void replace(Plan other) {
        proxy.planInForce().replace(agreeing(previous -> other));
    }

    /** Changes the plan in force. */
    void change(UnaryOperator<Plan> change, boolean gently) {
        changeWithOthers(agreeing(change), gently);
    }

    /**
     * Changes the plan in force as a part of a change of several proxies whose plans have been compared with each other; so they
     * aren't compared one by one.
     *
     * @param gently whether HTTP exchanges under way keep the plan that they began with; bytes of other connections never do
     */
    void changeWithOthers(UnaryOperator<Plan> change, boolean gently) {
        proxy.planInForce().change(checked(change), !gently || proxy.protocol() == Protocol.TCP);
    }

    private UnaryOperator<Plan> agreeing(UnaryOperator<Plan> change) {
        UnaryOperator<Plan> checked = checked(change);
        return previous -> {
            Plan changed = checked.apply(previous);
            check(changed);
            return changed;
        };
    }

    private void check(Plan plan) {
        proxy.common().check(Map.of(proxy.name(), plan));
    }

    private UnaryOperator<Plan> checked(UnaryOperator<Plan> change) {
        return previous -> {
            Plan changed = change.apply(previous);
            proxy.settings().check(changed);
            return changed;
        };
    }
}
