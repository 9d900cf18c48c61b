/** What the proxies are made to do, and what is measured meanwhile. */
@NullMarked
package io.chaosproxy.bench.workload;

import org.jspecify.annotations.NullMarked;
