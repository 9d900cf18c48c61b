package io.chaosproxy.cluster;

/**
 * Part of its leases that a replica used lately, with more weight for what was later. Over less time a replica that gets no
 * processor for a moment would seem to want less than its share; a limiter catches up on a tenth of a second.
 *
 * @param sent bytes
 * @param allowed bytes
 */
public record Used(double sent, double allowed) {
    /** Seconds in which the weight falls to a third. */
    private static final double LATELY = 0.5;

    /** No leases so far. */
    public static final Used NOTHING = new Used(0, 0);

    /** The same after some time more. */
    public Used then(double moreSent, double moreAllowed, double seconds) {
        double kept = Math.exp(-seconds / LATELY);
        return new Used(sent * kept + moreSent, allowed * kept + moreAllowed);
    }

    /** 1 if all was used, or nothing was allowed. */
    public double part() {
        return allowed == 0 ? 1 : sent / allowed;
    }
}
