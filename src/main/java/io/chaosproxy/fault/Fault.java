package io.chaosproxy.fault;

/**
 * Something that can go wrong on a network: a value, without probability or conditions, which are the rule's.
 *
 * <p>The family is closed on purpose: what handles faults says so for each of them, and the compiler checks it.
 */
public sealed interface Fault permits StreamFault, Refuse, HttpFault {
    /** The word for it in configuration, journal and metrics. */
    String type();

    /** The direction that the fault takes unless the rule says another. */
    default Directions usualWay() {
        return Directions.DOWN;
    }

    /** Whether only an http proxy can carry it out. */
    default boolean httpOnly() {
        return false;
    }

    /** What one trial is unless the rule says otherwise. */
    default TrialUnit usualPer() {
        return TrialUnit.EXCHANGE;
    }
}
