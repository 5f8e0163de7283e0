"""What tests share: processes, observers, builders."""
