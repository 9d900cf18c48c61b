package io.chaosproxy.fault;

/**
 * Something that can go wrong on a network: a value, without probability or conditions, which are the rule's.
 *
 * <p>The family is sealed by the positions where a fault can act; the code outside this package and the configuration's
 * knows positions only, and no concrete fault.
 */
public sealed interface Fault permits AcceptFault, TlsFault, StreamFault, ExchangeFault {
    /** {@return the word for it in configuration, journal and metrics} */
    String type();

    /** {@return the direction that the fault takes unless the rule says another} */
    default Directions defaultDirections() {
        return Directions.DOWN;
    }

    /** {@return whether only an http proxy can carry it out} */
    default boolean httpOnly() {
        return false;
    }

    /** {@return whether it happens once to a connection or exchange at most, so that it can't be tried each second} */
    default boolean happensOnce() {
        return false;
    }

    /** {@return what one trial is unless the rule says otherwise} */
    default TrialUnit defaultPer() {
        return TrialUnit.EXCHANGE;
    }
}
