package io.chaosproxy.relay;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Those who want to know what happens on the proxies of one configuration. Any thread may come, go and tell. */
public final class Events {
    private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();

    Events() {}

    /**
     * Tells somebody about everything from now on.
     *
     * @param listener runs on the threads that move bytes, so it must not block, throw, or change anything here
     */
    public void add(Consumer<Event> listener) {
        listeners.add(listener);
    }

    /** Tells somebody no more. */
    public void remove(Consumer<Event> listener) {
        listeners.remove(listener);
    }

    /** Whether there is anybody to be told, so that what nobody wants needn't be made. */
    public boolean isHeard() {
        return !listeners.isEmpty();
    }

    /** Tells all of them. */
    public void tell(Event event) {
        for (Consumer<Event> listener : listeners) {
            listener.accept(event);
        }
    }
}
