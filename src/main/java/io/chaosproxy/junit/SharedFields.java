package io.chaosproxy.junit;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.ResourceLocksProvider;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * The locks under which JUnit runs the classes whose tests share a proxy: one for each static field with {@link Chaos},
 * which subclasses share with each other, and one for a class whose tests share fields of an instance or parameters of
 * {@code @BeforeAll}. Under such a lock the tests of a class run one after the other.
 */
public final class SharedFields implements ResourceLocksProvider {
    private static final String PREFIX = "io.chaosproxy ";

    /** Called by JUnit. */
    public SharedFields() {}

    @Override
    public Set<Lock> provideForClass(Class<?> testClass) {
        return locks(List.of(), testClass);
    }

    @Override
    public Set<Lock> provideForNestedClass(List<Class<?>> enclosingInstanceTypes, Class<?> testClass) {
        return locks(enclosingInstanceTypes, testClass);
    }

    private static Set<Lock> locks(List<Class<?>> around, Class<?> type) {
        Set<Lock> locks = new HashSet<>();
        for (Field field : fields(type, SharedFields::isStatic)) {
            locks.add(new Lock(PREFIX + field.getDeclaringClass().getName() + "." + field.getName()));
        }
        if (sharesInstances(around, type) || hasParameterOfClass(type)) {
            locks.add(new Lock(PREFIX + type.getName()));
        }
        return locks;
    }

    /** If all tests of a class have one instance of it, and so of the classes around it. */
    private static boolean sharesInstances(List<Class<?>> around, Class<?> type) {
        return AnnotationSupport.findAnnotation(type, TestInstance.class)
                        .filter(instance -> instance.value() == TestInstance.Lifecycle.PER_CLASS)
                        .isPresent()
                && (hasInstanceField(type) || around.stream().anyMatch(SharedFields::hasInstanceField));
    }

    private static boolean hasInstanceField(Class<?> type) {
        return !fields(type, field -> !isStatic(field)).isEmpty();
    }

    private static boolean hasParameterOfClass(Class<?> type) {
        return AnnotationSupport.findAnnotatedMethods(type, BeforeAll.class, HierarchyTraversalMode.TOP_DOWN).stream()
                .map(Method::getParameters)
                .flatMap(Arrays::stream)
                .anyMatch(parameter -> AnnotationSupport.isAnnotated(parameter, Chaos.class));
    }

    private static List<Field> fields(Class<?> type, Predicate<Field> which) {
        return AnnotationSupport.findAnnotatedFields(type, Chaos.class, which);
    }

    private static boolean isStatic(Field field) {
        return Modifier.isStatic(field.getModifiers());
    }
}
