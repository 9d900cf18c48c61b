package io.chaosproxy.junit;

import java.lang.reflect.Field;
import org.jspecify.annotations.Nullable;

/**
 * A variable that holds a proxy.
 *
 * @param instance whose field it is; null for a static one
 */
record Slot(Field field, @Nullable Object instance) {
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Slot slot && slot.field.equals(field) && slot.instance == instance;
    }

    @Override
    public int hashCode() {
        return 31 * field.hashCode() + System.identityHashCode(instance);
    }
}
