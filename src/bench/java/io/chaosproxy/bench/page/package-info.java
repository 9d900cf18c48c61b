/** What the dashboard costs: frames per second under load, and the relay with the page open. */
@NullMarked
package io.chaosproxy.bench.page;

import org.jspecify.annotations.NullMarked;
