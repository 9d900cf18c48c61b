package io.chaosproxy.inject;

import io.chaosproxy.fault.ExchangeFault;
import io.chaosproxy.fault.Sample;
import java.util.Optional;

/**
 * Response of a rule in the upstream's place: a hit of the rule is reserved for it until it is {@link #take taken} and entered into
 * the journal, or given back. One thread uses it.
 */
public final class ReservedResponse implements AutoCloseable {
    private final Target target;
    private final ActiveRule rule;
    private final HitRecorder hits;
    private boolean taken;

    private ReservedResponse(Target target, ActiveRule rule, HitRecorder hits) {
        this.target = target;
        this.rule = rule;
        this.hits = hits;
    }

    /** Reserves the response of the first rule of this plan that hits the exchange and has one. */
    public static Optional<ReservedResponse> of(ActivePlan plan, Target target, HitRecorder hits) {
        return plan.firstResponding(target).map(rule -> new ReservedResponse(target, rule, hits));
    }

    /** Enters the hit: the response is about to be sent. */
    public ExchangeFault.Response take() {
        taken = true;
        hits.enter(target, rule.rule(), Sample.NOTHING);
        return rule.response().orElseThrow();
    }

    /** Gives the hit back, unless the response was taken. */
    @Override
    public void close() {
        if (!taken) {
            target.release(rule);
        }
    }
}
