DELETE FROM catalog_stock
