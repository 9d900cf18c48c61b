package io.chaosproxy.fault;

/** The direction or directions that a rule applies to. */
public enum Directions {
    /** Client to upstream. */
    UP,
    /** Upstream to client. */
    DOWN,
    /** Both. */
    BOTH;

    /**
     * {@return whether the direction is this one, or one of both}
     *
     * @param direction direction of bytes
     */
    public boolean includes(Direction direction) {
        return this == BOTH || this == (direction == Direction.UP ? UP : DOWN);
    }
}
