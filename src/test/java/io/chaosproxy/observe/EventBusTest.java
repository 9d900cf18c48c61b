package io.chaosproxy.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class EventBusTest {
    private final EventBus bus = new EventBus();
    private final List<Event> heard = new ArrayList<>();
    private final Consumer<Event> listener = heard::add;

    @Test
    void exchangesAreWantedWhileAListenerWantsThem() {
        assertFalse(bus.wantsExchanges());
        bus.addWithoutTraffic(event -> {});
        assertFalse(bus.wantsExchanges());
        AtomicBoolean records = new AtomicBoolean();
        bus.add(event -> {}, () -> true, records::get);
        assertFalse(bus.wantsExchanges());
        records.set(true);
        assertTrue(bus.wantsExchanges());
        records.set(false);
        bus.add(listener);
        assertTrue(bus.wantsExchanges());
        bus.remove(listener);
        assertFalse(bus.wantsExchanges());
    }

    @Test
    void connectionsAreWantedWhileAListenerWantsThem() {
        bus.addWithoutTraffic(event -> {});
        AtomicBoolean records = new AtomicBoolean();
        bus.add(event -> {}, records::get, () -> true);
        assertFalse(bus.wantsConnections());
        records.set(true);
        assertTrue(bus.wantsConnections());
        records.set(false);
        bus.add(listener);
        assertTrue(bus.wantsConnections());
        bus.remove(listener);
        assertFalse(bus.wantsConnections());
    }

    @Test
    void aListenerHearsUntilItIsRemoved() {
        Event added = new Event.Added("web");
        bus.addWithoutTraffic(listener);
        bus.publish(added);
        bus.remove(listener);
        bus.publish(new Event.Removed("web"));
        assertEquals(List.of(added), heard);
    }
}
