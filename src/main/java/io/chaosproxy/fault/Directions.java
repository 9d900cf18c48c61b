package io.chaosproxy.fault;

/** The direction or directions that a rule applies to. */
public enum Directions {
    /** Client to upstream. */
    UP,
    /** Upstream to client. */
    DOWN,
    /** Both. */
    BOTH;

    public boolean includes(Direction direction) {
        return this == BOTH || this == (direction == Direction.UP ? UP : DOWN);
    }
}
