package io.chaosproxy.observe;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Event bus of the proxies of one configuration. Thread-safe.
 *
 * <p>Exchanges are much more frequent than all other events, so each listener says whether it wants those, and while none does
 * they are not made: the account of an exchange takes as much memory as the exchange.
 */
public final class EventBus {
    private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

    private record Subscription(Consumer<Event> listener, BooleanSupplier exchanges) {}

    /** Without listeners. */
    public EventBus() {}

    /**
     * Adds a listener to all events.
     *
     * @param listener runs on the threads that relay bytes, so it must not block, throw, or change a proxy
     */
    public void add(Consumer<Event> listener) {
        add(listener, () -> true);
    }

    /**
     * Adds a listener to all events but those of exchanges, which it may get because another listener wants them.
     *
     * @param listener as in {@link #add(Consumer)}
     */
    public void addWithoutExchanges(Consumer<Event> listener) {
        add(listener, () -> false);
    }

    /**
     * Adds a listener that wants events of exchanges at times.
     *
     * @param listener as in {@link #add(Consumer)}
     * @param exchanges whether it wants them at this moment; asked twice for each exchange
     */
    public void add(Consumer<Event> listener, BooleanSupplier exchanges) {
        subscriptions.add(new Subscription(listener, exchanges));
    }

    /** Removes a listener. */
    public void remove(Consumer<Event> listener) {
        subscriptions.removeIf(subscription -> subscription.listener().equals(listener));
    }

    /** Whether a listener wants events of exchanges at this moment. */
    public boolean wantsExchanges() {
        for (Subscription subscription : subscriptions) {
            if (subscription.exchanges().getAsBoolean()) {
                return true;
            }
        }
        return false;
    }

    /** Passes an event to all listeners, on the calling thread. */
    public void publish(Event event) {
        for (Subscription subscription : subscriptions) {
            subscription.listener().accept(event);
        }
    }
}
