package io.chaosproxy.inject;

/** A change of plans needs more heap than is left for rules; nothing has changed. */
public final class PlanMemoryException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    PlanMemoryException() {
        super("the rules need more heap than is left for them (-Xmx); nothing was changed");
    }
}
