package io.chaosproxy.observe;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Event bus of the proxies of one configuration. Thread-safe.
 *
 * <p>Exchanges and connections are much more frequent than all other events, so a listener can say whether it wants those, and while
 * none does they are not made: the account of an exchange takes as much memory as the exchange.
 */
public final class EventBus {
    private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

    private record Subscription(Consumer<Event> listener, BooleanSupplier connections, BooleanSupplier exchanges) {}

    /** Without listeners. */
    public EventBus() {}

    /**
     * Adds a listener to all events.
     *
     * @param listener runs on the threads that relay bytes, so it must not block, throw, or change a proxy
     */
    public void add(Consumer<Event> listener) {
        add(listener, () -> true, () -> true);
    }

    /**
     * Adds a listener to all events but those of connections and exchanges, which it may get because another listener wants them.
     *
     * @param listener as in {@link #add(Consumer)}
     */
    public void addWithoutTraffic(Consumer<Event> listener) {
        add(listener, () -> false, () -> false);
    }

    /**
     * Adds a listener that wants events of connections and of exchanges at times. It may get them at others, because another
     * listener wants them.
     *
     * @param listener as in {@link #add(Consumer)}
     * @param connections whether it wants those of connections at this moment; asked twice for each connection
     * @param exchanges whether it wants those of exchanges at this moment; asked twice for each exchange
     */
    public void add(Consumer<Event> listener, BooleanSupplier connections, BooleanSupplier exchanges) {
        subscriptions.add(new Subscription(listener, connections, exchanges));
    }

    /** Removes a listener. */
    public void remove(Consumer<Event> listener) {
        subscriptions.removeIf(subscription -> subscription.listener().equals(listener));
    }

    /** Whether a listener wants events of connections at this moment. */
    public boolean wantsConnections() {
        return wants(Subscription::connections);
    }

    /** Whether a listener wants events of exchanges at this moment. */
    public boolean wantsExchanges() {
        return wants(Subscription::exchanges);
    }

    private boolean wants(Function<Subscription, BooleanSupplier> events) {
        for (Subscription subscription : subscriptions) {
            if (events.apply(subscription).getAsBoolean()) {
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
