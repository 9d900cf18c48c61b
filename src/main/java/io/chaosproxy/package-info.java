/**
 * A proxy that makes a good network bad on purpose: the façade for code that embeds it, and the program.
 *
 * <p>One proxy, for as long as a block lasts:
 *
 * {@snippet :
 * try (ChaosProxy db = ChaosProxy.tcp("localhost", 5432)) {
 *     DataSource pool = pool("jdbc:postgresql://" + db.address() + "/shop");
 *     try (Injection slow = db.inject(Latency.of(Duration.ofSeconds(2)))) {
 *         assertThrows(SQLTimeoutException.class, () -> checkout(pool));
 *         assertEquals(1, slow.hits());
 *     }
 * }
 * }
 *
 * A whole file, with its control plane if it has a section {@code control}:
 *
 * {@snippet :
 * try (ChaosServer server = ChaosServer.start(ChaosConfig.read(Path.of("service.conf")))) {
 *     server.proxy("orders-db").profile("3g");
 * }
 * }
 */
@NullMarked
package io.chaosproxy;

import org.jspecify.annotations.NullMarked;
