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
        bus.addWithoutExchanges(event -> {});
        assertFalse(bus.wantsExchanges());
        AtomicBoolean records = new AtomicBoolean();
        bus.add(event -> {}, records::get);
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
    void aListenerHearsUntilItIsRemoved() {
        Event added = new Event.Added("web");
        bus.addWithoutExchanges(listener);
        bus.publish(added);
        bus.remove(listener);
        bus.publish(new Event.Removed("web"));
        assertEquals(List.of(added), heard);
    }
}
