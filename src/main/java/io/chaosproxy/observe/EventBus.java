package io.chaosproxy.observe;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Event bus of the proxies of one configuration. Thread-safe. */
public final class EventBus {
    private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();

    /** Without listeners. */
    public EventBus() {}

    /**
     * Adds a listener.
     *
     * @param listener runs on the threads that relay bytes, so it must not block, throw, or change a proxy
     */
    public void add(Consumer<Event> listener) {
        listeners.add(listener);
    }

    /** Removes a listener. */
    public void remove(Consumer<Event> listener) {
        listeners.remove(listener);
    }

    /** Passes an event to all listeners, on the calling thread. */
    public void publish(Event event) {
        for (Consumer<Event> listener : listeners) {
            listener.accept(event);
        }
    }
}
