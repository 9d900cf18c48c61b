package io.chaosproxy.fault;

/**
 * How likely a rule is to hit.
 *
 * @param probability of one trial, 0 to 1
 * @param per what one trial is
 * @param maxHits number of hits after which the rule rests; {@link Long#MAX_VALUE} for no end
 */
public record Probability(double probability, TrialUnit per, long maxHits) {
    /** Rejects a probability outside 0 to 1 and a number of hits below 0. */
    public Probability {
        Check.given("per", per);
        Check.that(probability >= 0 && probability <= 1, "probability", "must be from 0 to 1, not " + probability);
        Check.that(maxHits >= 0, "max-hits", "must be 0 or more, not " + maxHits);
    }

    /** {@return whether there can be a hit at all} A rule without costs an exchange nothing. */
    public boolean canHit() {
        return probability > 0 && maxHits > 0;
    }

    /** {@return a probability of 1} */
    public static Probability always() {
        return of(1);
    }

    /**
     * {@return this probability for each exchange}
     *
     * @param probability 0 to 1
     */
    public static Probability of(double probability) {
        return new Probability(probability, TrialUnit.EXCHANGE, Long.MAX_VALUE);
    }
}
